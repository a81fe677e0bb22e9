<?php

/** Runs the example for WordPress with stand-ins of the few functions of WordPress that it calls. */

declare(strict_types=1);

final class WP_REST_Request
{
    public function get_param(string $name): mixed
    {
        return json_decode($this->get_body(), true)[$name] ?? null;
    }

    public function get_body(): string
    {
        return file_get_contents('php://input');
    }

    /** @return array<string, list<string>> as WordPress spells them */
    public function get_headers(): array
    {
        $headers = [];
        foreach (getallheaders() as $name => $value) {
            $headers[str_replace('-', '_', strtolower($name))] = [$value];
        }
        return $headers;
    }
}

final class WP_REST_Response
{
    public function __construct(public mixed $data, public int $status)
    {
    }
}

final class WP_Error
{
    public mixed $data;
    public int $status;

    public function __construct(string $code, string $message, array $data)
    {
        $this->data = ['code' => $code, 'message' => $message, 'data' => $data];
        $this->status = $data['status'];
    }
}

function add_action(string $name, callable $action): void
{
    $action();
}

function do_action(string $name, object $event): void
{
    error_log("$event->type " . json_encode($event->data));
}

/** @param array<string, mixed> $settings */
function register_rest_route(string $space, string $path, array $settings): void
{
    if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== "/wp-json/$space$path") {
        return;
    }
    $answer = $settings['permission_callback']()
        ? $settings['callback'](new WP_REST_Request())
        : new WP_REST_Response(null, 401);
    http_response_code($answer->status);
    echo json_encode($answer->data);
}

function add_option(string $name, mixed $value): bool
{
    return @fopen(getenv('EVENTS_FOLDER') . "/$name", 'x') !== false;
}

function is_user_logged_in(): bool
{
    return get_current_user_id() !== 0;
}

/** WordPress has numbers for users. */
function get_current_user_id(): int
{
    return $GLOBALS['user'] === '' ? 0 : crc32($GLOBALS['user']);
}

function get_user_locale(): string
{
    return 'en_US';
}

function __return_true(): bool
{
    return true;
}

$user = require __DIR__ . '/sign-in.php';
define('GATEWAY_URL', getenv('GATEWAY_URL'));
define('GATEWAY_CLIENT_KEY', getenv('GATEWAY_CLIENT_KEY'));
define('GATEWAY_WEBHOOK_SECRET', getenv('GATEWAY_WEBHOOK_SECRET'));
require getenv('SITE') . '/wp-content/plugins/tests/tests.php';
