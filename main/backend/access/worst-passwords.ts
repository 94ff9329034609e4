/** What is tried first, in lower case and without the digits and signs that are put behind. */
export const worstPasswords: ReadonlySet<string> = new Set(
  `password passwort passw0rd password1 password123 password1234 mypassword newpassword yourpassword thepassword
  changeme changemenow changeit letmein letmeinnow welcome welcometo welcomehome default defaultpassword secret
  topsecret mysecret administrator admin adminadmin rootroot superuser sysadmin hearth hearthhearth homelab homeserver
  kubernetes kubevirt virtualmachine proxmox raspberry ubuntu debian server serverserver student studentstudent operator
  teacher classroom iloveyou iloveyousomuch loveyou iloveu sunshine princess football baseball basketball superman batman
  spiderman starwars trustno trustnoone monkey dragon master shadow michael jennifer charlie qwerty qwertyuiop qwertz
  qwertzuiop azerty azertyuiop asdfasdf asdfghjkl zxcvbnm 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedc qazwsxedcrfv
  zaq12wsx abcabcabc abcdabcd abcdefghij computer internet whatever freedom blink182 pokemon minecraft nintendo
  hallohallo hallowelt helloworld hellohello testtest testtesttest testing temporary temppass temppassword guest guestguest
  1234567890 0123456789 0987654321 9876543210 1234567891 12345678910 123123123 1231231234 123456123456 1111111111
  0000000000 1122334455 1212121212 1029384756 147258369 14725836900 3141592653 correcthorsebatterystaple
  motdepasse contrasena senhasenha geheimgeheim geheim sicherheit sommer2024 sommer2025 summer winter winter2025`
    .split(/\s+/)
    .filter(Boolean),
);
