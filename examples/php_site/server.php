<?php

/** A partner's site on Widget Gateway, in plain PHP. The README beside it says how to run it. */

declare(strict_types=1);

use WidgetGateway\Client\{Client, File, Webhook};
use WidgetGateway\Client\Events\{AttemptPaused, ResultFinished};
use WidgetGateway\Client\Exceptions\{ClientException, GatewayException, WebhookException};

require __DIR__ . '/../../clients/php/autoload.php'; // With Composer it is vendor/autoload.php.

const PAGES = __DIR__ . '/../site/';

function page(string $name): string
{
    [$gateway, $provider] = [getenv('GATEWAY_URL'), getenv('GATEWAY_PROVIDER')];
    $known = ['%GATEWAY%' => $gateway, '%CHANNEL%' => 'ws' . substr($gateway, 4), '%PROVIDER%' => $provider];
    return strtr(file_get_contents(PAGES . $name), $known);
}

$about = json_decode(page('site.json'), true);
foreach ($about['headers'] as $header => $value) {
    header("$header: $value");
}
$name = substr(strtok($_SERVER['REQUEST_URI'], '?'), 1) ?: 'home';
$file = str_contains($name, '.') ? $name : "$name.html";
$is_page = preg_match('/^[a-z-]+\.(html|css|js|json|svg)$/D', $file) === 1 && is_file(PAGES . $file);
if ($is_page || ($_SERVER['REQUEST_METHOD'] === 'GET' && !in_array($name, ['api/me', 'report'], true))) {
    http_response_code($is_page ? 200 : 404);
    header('Content-Type: ' . $about['types'][$is_page ? pathinfo($file, PATHINFO_EXTENSION) : 'html']);
    exit(page($is_page ? $file : 'not-found.html'));
}

$secure = str_starts_with(getenv('SITE_URL'), 'https:');
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'cookie_secure' => $secure, 'use_strict_mode' => true]);
$user = $_SESSION['user'] ?? null;
$gateway = new Client(getenv('GATEWAY_URL'), getenv('GATEWAY_CLIENT_KEY'));
$database = new PDO('sqlite:' . getenv('SITE_DATABASE'), options: [PDO::ATTR_TIMEOUT => 10]);
$database->exec(file_get_contents(PAGES . 'schema.sql'));

$rows = function (string $query, mixed ...$values) use ($database): array {
    $statement = $database->prepare($query);
    $statement->execute($values);
    return $statement->fetchAll(PDO::FETCH_ASSOC);
};

/** A row of the signed-in user. What is another user's looks as if it did not exist. */
$own = fn (string $view, string $column, string $value): array =>
    $rows("SELECT * FROM own_$view WHERE $column = ? AND user = ?", $value, $user)[0]
        ?? throw new GatewayException('', 404, 'session_not_found');

/** Attaches the result of a session to its user. The page and the webhook both lead here. */
$attach = function (array $kept) use ($gateway, $rows): array {
    $known = $gateway->sessionGet($kept['session']);
    $key = $known->result_key ?? throw new GatewayException('', 409, 'not_finished');
    $gateway->resultAttach($key, user_id: $kept['user']);
    $rows('INSERT OR IGNORE INTO results VALUES (?, ?, CURRENT_TIMESTAMP)', $kept['session'], $key);
    return ['result_key' => $key];
};

$me = function () use ($about, $gateway, $rows, $user): array {
    $own = fn (string $list): array => $rows("SELECT * FROM own_$list WHERE user = ?", $user);
    $lists = array_combine($about['lists'], array_map($own, $about['lists']));
    return ['user' => $user, 'sandbox' => $gateway->sandbox] + $lists;
};

$report = function (string $result_key, string $format, string $locale) use ($gateway, $own): File {
    $own('results', 'result_key', $result_key); // So it is attached.
    return $gateway->resultGetFile($result_key, $format, $locale);
};

$webhook = function (array $headers, string $body) use ($attach, $rows): array {
    $event = Webhook::verify(getenv('GATEWAY_WEBHOOK_SECRET'), $headers, $body);
    $session = $event instanceof ResultFinished || $event instanceof AttemptPaused ? $event->data->session : null;
    foreach ($rows('SELECT * FROM attempts WHERE session = ?', $session) as $kept) {
        if ($event instanceof ResultFinished) {
            $attach($kept); // The page may have been closed too early.
        }
        $letter = [$event->id, $kept['user'], $event->type, $kept['test'], $event->timestamp->format(DATE_ATOM)];
        $rows('INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)', ...$letter);
    }
    return [];
};

$calls = [
    'api/sign_in' => function (string $name): array {
        session_regenerate_id(true);
        $_SESSION['user'] = mb_substr(trim(preg_replace('/\s+/u', ' ', $name)), 0, 60) ?: null;
        header('Clear-Site-Data: "storage"'); // The widget forgets the user before.
        return ['user' => $_SESSION['user']];
    },
    'api/attempt' => function (string $session, string $resume_token) use ($gateway, $own, $rows, $user): array {
        $known = $gateway->sessionGet($session); // It may be anybody's. The first to report it keeps it.
        $rows('INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?)', $known->session, $user, $known->test, $resume_token);
        $own('attempts', 'session', $known->session);
        return ['answered' => $known->answered, 'length' => $known->length, 'paid' => $known->paid];
    },
    'api/order' => function (string $session) use ($about, $own, $rows): array {
        $price = $about['prices'][$own('attempts', 'session', $session)['test']];
        $rows('INSERT OR IGNORE INTO orders (session, price) VALUES (?, ?)', $session, $price);
        return $own('orders', 'session', $session);
    },
    'api/pay' => function (string $order) use ($gateway, $own, $rows): array {
        $session = $own('orders', 'id', $order)['session'];
        $rows('UPDATE orders SET paid = 1 WHERE id = ?', $order); // Your payment provider says so.
        $gateway->paymentConfirm($session, payment_id: $order);
        return ['paid' => true];
    },
    'api/finish' => fn (string $session): array => $attach($own('attempts', 'session', $session)),
];

try {
    $sent = [$_SERVER['HTTP_ORIGIN'] ?? null, $_SERVER['CONTENT_TYPE'] ?? null];
    $body = file_get_contents('php://input');
    $answer = match (true) {
        $name === 'api/me' => $me(),
        $name === 'report' => $report(...array_intersect_key($_GET, array_flip($about['report']))),
        $name === 'webhook' => $webhook(getallheaders(), $body),
        // Pages of other sites can't send both: browsers tell their origin, and ask before JSON.
        $sent !== [getenv('SITE_URL'), 'application/json'] => throw new GatewayException('', 403, 'forbidden'),
        $user === null && $name !== 'api/sign_in' => throw new GatewayException('', 401, 'sign_in_first'),
        default => ($calls[$name] ?? throw new GatewayException('', 404, 'fault'))(...json_decode($body, true)),
    };
} catch (GatewayException $refusal) {
    http_response_code($refusal->getCode());
    $answer = ['reason' => $refusal->reason];
} catch (Error | InvalidArgumentException | WebhookException $fault) {
    error_log($fault->getMessage());
    http_response_code(400);
    $answer = ['reason' => 'parameter_invalid'];
} catch (ClientException) {
    http_response_code(503);
    $answer = ['reason' => 'unreachable'];
}
if ($answer instanceof File) {
    header("Content-Type: $answer->mediaType");
    header("Content-Security-Policy: {$about['report_policy']}");
    exit($answer->content);
}
header('Content-Type: application/json');
echo json_encode($answer);
