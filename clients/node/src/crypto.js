/** WebCrypto of Deno, Bun, edge runtimes. package.json chooses this module or the one for Node. */
export const webcrypto = globalThis.crypto;
