/** WebCrypto of Node, which has no global one in version 18. */
export { webcrypto } from "node:crypto";
