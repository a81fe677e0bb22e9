<?php

/**
 * A partner's server in plain PHP: it attaches results to its users, shows their reports, and receives webhooks.
 *
 *     export GATEWAY_URL=https://gateway.example GATEWAY_CLIENT_KEY=test_… GATEWAY_WEBHOOK_SECRET=whsec_…
 *     php -S 127.0.0.1:8000 plain.php
 */

declare(strict_types=1);

use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\ClientException;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

require __DIR__ . '/../autoload.php'; // with Composer: vendor/autoload.php

/** The page sends the key that the widget told. Whose result it becomes only the server decides. */
function attach(Client $gateway, string $user): int
{
    $gateway->resultAttach(result_key: (string) input('result_key'), user_id: $user);
    return 204;
}

function report(Client $gateway, string $user): int
{
    $resultKey = (string) ($_GET['result_key'] ?? '');
    $passed = $gateway->userTests(user_id: $user)->passed;
    if (!in_array($resultKey, array_column($passed, 'result_key'), true)) {
        return 404;
    }
    $file = $gateway->resultGetFile(result_key: $resultKey, format: 'pdf');
    header("Content-Type: $file->mediaType");
    echo $file->content;
    return 200;
}

function receive(): int
{
    $body = file_get_contents('php://input');
    $event = Webhook::verify(getenv('GATEWAY_WEBHOOK_SECRET'), getallheaders(), $body);
    // An event can come twice. A real site has a table of ids that are unique; a new file is as good.
    $folder = getenv('EVENTS_FOLDER') ?: sys_get_temp_dir();
    if (@fopen($folder . '/event-' . hash('sha256', $event->id), 'x') !== false) {
        error_log("$event->type " . json_encode($event->data));
    }
    return 204;
}

function signIn(): int
{
    session_regenerate_id();
    $_SESSION['user'] = (string) input('name'); // and a password, on a real site
    return 204;
}

function input(string $name): mixed
{
    return json_decode(file_get_contents('php://input'), true, 8, JSON_THROW_ON_ERROR)[$name] ?? null;
}

function answer(string $request): int
{
    if ($request === 'POST /hooks/tests') {
        return receive();
    }
    session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
    if ($request === 'POST /sign-in') {
        return signIn();
    }
    $user = $_SESSION['user'] ?? '';
    if ($user === '') {
        return 401;
    }
    $gateway = new Client(getenv('GATEWAY_URL'), getenv('GATEWAY_CLIENT_KEY'));
    return match ($request) {
        'POST /results' => attach($gateway, $user),
        'GET /report.pdf' => report($gateway, $user),
        default => 404,
    };
}

try {
    $status = answer($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
} catch (WebhookException | JsonException) {
    $status = 400;
} catch (ClientException $error) {
    error_log((string) $error); // it has no key in it
    $status = $error instanceof GatewayException && $error->getCode() < 500 ? $error->getCode() : 503;
}
http_response_code($status);
