<?php

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

use WidgetGateway\Client\Client;
use WidgetGateway\Client\Events\ResultFinished;
use WidgetGateway\Client\Exceptions\ClientException;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

/** Send JSON and end. An empty list is an object here: json_encode makes `[]` of it otherwise. */
function answer(int $status, array $body = []): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode((object) $body, JSON_THROW_ON_ERROR));
}

/** The user of your site's session. The token keeps pages of other sites from calling in the user's name. */
function user(): string
{
    session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'read_and_close' => true]);
    $known = isset($_SESSION['user_id'], $_SESSION['token']);
    if (!$known || !hash_equals($_SESSION['token'], $_SERVER['HTTP_X_CSRF_TOKEN'] ?? '')) {
        answer(403, ['reason' => 'not_signed_in']);
    }
    return 'user-' . $_SESSION['user_id'];
}

/** Where it is kept whose attempt it is. With a database this is a table with a unique `session`. */
function place(string $session): string
{
    return getenv('DATA_DIR') . '/' . hash('sha256', $session);
}

$gateway = new Client(getenv('GATEWAY_URL'), getenv('GATEWAY_KEY'));
$body = file_get_contents('php://input');
$told = json_decode($body, true);
$text = static fn (string $name): string => is_string($told[$name] ?? null) ? $told[$name] : answer(400);

try {
    switch (basename((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) {
        case 'attempts':
            $user = user();
            if ($file = @fopen(place($text('session')), 'x')) { // the first to say so
                fwrite($file, $user);
            }
            answer(200);
        case 'checkout': // Make a payment at your payment system, with the session in its metadata.
            user();
            answer(200, ['price' => '490 ₽', 'href' => '/pay?session=' . urlencode($text('session'))]);
        case 'results':
            $user = user();
            $gateway->resultAttach(result_key: $text('result_key'), user_id: $user);
            answer(200, ['scales' => $gateway->resultGet($text('result_key'), locale: 'en')->scales]);
        case 'paid': // called by the payment system, which signs in a way of its own
            $signature = hash_hmac('sha256', $body, getenv('PAYMENT_SECRET'));
            hash_equals($signature, $_SERVER['HTTP_X_SIGNATURE'] ?? '') || answer(403);
            $gateway->paymentConfirm(session: $text('session'), payment_id: $text('payment_id'));
            answer(200);
        case 'webhook': // called by the gateway, maybe twice: to attach once more does no harm
            $event = Webhook::verify(getenv('WEBHOOK_SECRET'), getallheaders(), $body);
            if ($event instanceof ResultFinished && is_file(place($event->data->session))) {
                $owner = file_get_contents(place($event->data->session));
                $gateway->resultAttach(result_key: $event->data->result_key, user_id: $owner);
            }
            answer(200);
        default:
            answer(404);
    }
} catch (WebhookException) {
    answer(400);
} catch (GatewayException $refusal) {
    answer($refusal->getCode(), ['reason' => $refusal->reason]);
} catch (ClientException $error) { // no answer: the page, or the caller, tries again
    error_log($error->getMessage());
    answer(503);
}
