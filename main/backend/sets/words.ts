/** Stands in a file where a secret was. Applied, the value that is on the target stays. */
export const leftOut = '<left out: a secret>';
/** On a Secret in a folder, of which no value is written: the names of its keys. It is never applied. */
export const placeHolderAnnotation = 'hearth.dev/left-out';
/** Owner of the fields that a set applies; what it owns it may take away. */
export const setManager = 'hearth-set';
