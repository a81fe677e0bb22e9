export { Client } from "./client.js";
export { AnswerError, GatewayError, TransportError, WebhookError, WidgetGatewayError } from "./errors.js";
export * from "./reasons.js";
export { receiveWebhook, verifyWebhook } from "./webhooks.js";
