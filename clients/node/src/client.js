/** @import { ClientOptions } from "../types/index.js" */

import { Calls } from "./calls.js";
import { Transport } from "./transport.js";

/** A client of the partner API. One serves all requests of your server. */
export class Client extends Calls {
  /** Whether the key is one of the sandbox, whose users and results are never counted. */
  isSandbox;

  /**
   * @param {string | URL} address such as https://gateway.example
   * @param {string} key `live_…` or `test_…`
   * @param {ClientOptions} [options]
   * @throws {TypeError} the address or the key can't be one, or this is a browser
   */
  constructor(address, key, options = {}) {
    if ("document" in globalThis) throw new TypeError("The client key must stay on your server: a page must not have it.");
    super(new Transport(address, key, options));
    this.isSandbox = key.startsWith("test_");
  }
}
