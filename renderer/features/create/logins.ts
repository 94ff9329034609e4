export interface Login {
  user: string;
  password?: string;
}
const logins = new Map<string, Login>();

/** Remembers a new machine's login for this window only: never written anywhere. */
export const rememberLogin = (namespace: string, name: string, login: Login): void => {
  logins.set(`${namespace}/${name}`, login);
};
/** The login of a machine that was made in this window. */
export const loginOf = (namespace: string, name: string): Login | undefined => logins.get(`${namespace}/${name}`);
