// Printed by `python -m clients.generator`: change the gateway's declarations instead.

/**
 * @import * as api from "../types/api.js"
 * @import { CallOptions } from "../types/index.js"
 * @import { Transport } from "./transport.js"
 */

import { itemsOfPages } from "./pages.js";
import * as shapes from "./shapes.js";
import * as structures from "./structures.js";

/** The methods of a client. types/api.d.ts describes them. */
export class Calls {
  #transport;

  /** @param {Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /** @param {api.UserRegisterParameters} parameters @param {CallOptions} [options] */
  userRegister(parameters, options) {
    return this.#transport.fetchJson("user/register", true, structures.RegisteredUser, parameters, options);
  }

  /** @param {api.UsersParameters} [parameters] @param {CallOptions} [options] */
  users(parameters = {}, options) {
    return this.#transport.fetchJson("users", false, structures.UserList, parameters, options);
  }

  /** @param {api.UsersAllParameters} [parameters] @param {CallOptions} [options] */
  usersAll(parameters = {}, options) {
    return itemsOfPages("users", (after) => this.users({ ...parameters, after }, options));
  }

  /** @param {api.UserTestsParameters} parameters @param {CallOptions} [options] */
  userTests(parameters, options) {
    return this.#transport.fetchJson("user/tests", false, structures.TestsOfUser, parameters, options);
  }

  /** @param {api.AccessTokenParameters} parameters @param {CallOptions} [options] */
  accessToken(parameters, options) {
    return this.#transport.fetchJson("access/token", true, structures.IssuedToken, parameters, options);
  }

  /** @param {api.ProgressSaveParameters} parameters @param {CallOptions} [options] */
  progressSave(parameters, options) {
    return this.#transport.fetchJson("progress/save", true, structures.SavedResult, parameters, options);
  }

  /** @param {api.SessionGetParameters} parameters @param {CallOptions} [options] */
  sessionGet(parameters, options) {
    return this.#transport.fetchJson("session/get", false, structures.SessionState, parameters, options);
  }

  /** @param {api.PaymentConfirmParameters} parameters @param {CallOptions} [options] */
  paymentConfirm(parameters, options) {
    return this.#transport.fetchJson("payment/confirm", true, structures.Done, parameters, options);
  }

  /** @param {api.ResultAttachParameters} parameters @param {CallOptions} [options] */
  resultAttach(parameters, options) {
    return this.#transport.fetchJson("result/attach", true, structures.Done, parameters, options);
  }

  /** @param {api.ResultGetParameters} parameters @param {CallOptions} [options] */
  resultGet(parameters, options) {
    return this.#transport.fetchJson("result/get", false, structures.Calculation, parameters, options);
  }

  /** @param {api.ResultGetFileParameters} parameters @param {CallOptions} [options] */
  resultGetFile(parameters, options) {
    return this.#transport.fetchFile("result/get", false, {"html": "text/html", "pdf": "application/pdf", "svg": "image/svg+xml"}, parameters, options);
  }

  /** @param {api.AnswersGetParameters} parameters @param {CallOptions} [options] */
  answersGet(parameters, options) {
    return this.#transport.fetchJson("answers/get", false, shapes.list(structures.AnsweredQuestion), parameters, options);
  }

  /** @param {api.StatsParameters} [parameters] @param {CallOptions} [options] */
  stats(parameters = {}, options) {
    return this.#transport.fetchJson("stats", false, structures.Stats, parameters, options);
  }

  /** @param {api.InvoiceParameters} parameters @param {CallOptions} [options] */
  invoice(parameters, options) {
    return this.#transport.fetchJson("invoice", false, structures.InvoiceAnswer, parameters, options);
  }

  /** @param {api.InvoiceFileParameters} parameters @param {CallOptions} [options] */
  invoiceFile(parameters, options) {
    return this.#transport.fetchFile("invoice", false, {"html": "text/html", "pdf": "application/pdf", "csv": "text/csv"}, parameters, options);
  }

  /** @param {api.WebhookDeliveriesParameters} [parameters] @param {CallOptions} [options] */
  webhookDeliveries(parameters = {}, options) {
    return this.#transport.fetchJson("webhook/deliveries", false, structures.DeliveryList, parameters, options);
  }

  /** @param {api.WebhookDeliveriesAllParameters} [parameters] @param {CallOptions} [options] */
  webhookDeliveriesAll(parameters = {}, options) {
    return itemsOfPages("deliveries", (after) => this.webhookDeliveries({ ...parameters, after }, options));
  }

  /** @param {api.WebhookReplayParameters} parameters @param {CallOptions} [options] */
  webhookReplay(parameters, options) {
    return this.#transport.fetchJson("webhook/replay", true, structures.Replayed, parameters, options);
  }

  /** @param {api.UserExportParameters} parameters @param {CallOptions} [options] */
  userExport(parameters, options) {
    return this.#transport.fetchJson("user/export", false, structures.Export, parameters, options);
  }

  /** @param {api.UserEraseParameters} parameters @param {CallOptions} [options] */
  userErase(parameters, options) {
    return this.#transport.fetchJson("user/erase", true, structures.Erasure, parameters, options);
  }
}
