/** On a run that a server has under the same id: the server's address. */
export const serverTag = "stemma.server";
/** On a run that a server should have and does not have whole yet: the server's address. */
export const unsentTag = "stemma.unsent";
