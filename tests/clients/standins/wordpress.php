<?php

// A small stand-in for WordPress and WooCommerce: the functions that the snippet calls, with their
// meaning. As in WordPress, a call without a nonce is a call of nobody.

require __DIR__ . '/kept.php';
session_start();

define('ABSPATH', '/');
foreach (['URL' => 'GATEWAY_URL', 'KEY' => 'GATEWAY_KEY', 'WEBHOOK_SECRET' => 'WEBHOOK_SECRET'] as $name => $variable) {
    define("CAREER_TESTS_$name", getenv($variable));
}
define('CAREER_TESTS_PRODUCT', 12);

final class WP_REST_Request implements ArrayAccess
{
    public function __construct(private readonly string $body, private readonly array $parameters)
    {
    }

    public function get_body(): string
    {
        return $this->body;
    }

    public function offsetExists(mixed $name): bool
    {
        return isset($this->parameters[$name]);
    }

    public function offsetGet(mixed $name): mixed
    {
        return $this->parameters[$name] ?? null;
    }

    public function offsetSet(mixed $name, mixed $value): void
    {
        throw new LogicException();
    }

    public function offsetUnset(mixed $name): void
    {
        throw new LogicException();
    }
}

final class WP_REST_Response
{
    public function __construct(public readonly mixed $data, public readonly int $status = 200)
    {
    }
}

final class WP_Error
{
    public function __construct(public readonly string $code, public readonly string $message, public readonly array $data)
    {
    }
}

/** A line of a WooCommerce order. */
final class Line
{
    private array $meta = [];

    public function add_meta_data(string $name, string $value): void
    {
        $this->meta[$name] = $value;
    }

    public function get_meta(string $name): string
    {
        return $this->meta[$name] ?? '';
    }
}

final class Site
{
    public static array $hooks = [];
    public static array $routes = [];
    public static array $orders = [];
}

function add_action(string $name, callable $do, int $priority = 10, int $arguments = 1): void
{
    Site::$hooks[$name][] = [$do, $arguments];
}

function add_filter(string $name, callable $do): void
{
    add_action($name, $do);
}

function do_action(string $name, mixed ...$values): mixed
{
    $last = null;
    foreach (Site::$hooks[$name] as [$do, $arguments]) {
        $last = $do(...array_slice($values, 0, $arguments));
    }
    return $last;
}

function add_shortcode(string $name, callable $do): void
{
}

function register_rest_route(string $space, string $path, array $route): void
{
    Site::$routes["/wp-json/$space$path"] = $route;
}

function get_current_user_id(): int
{
    $named = hash_equals($_SESSION['token'] ?? '-', $_SERVER['HTTP_X_WP_NONCE'] ?? '');
    return $named ? (int) $_SESSION['user_id'] : 0;
}

function is_user_logged_in(): bool
{
    return get_current_user_id() !== 0;
}

function __return_true(): bool
{
    return true;
}

function add_option(string $name, mixed $value, string $unused = '', bool $autoload = true): void
{
    Kept::insert($name, (string) $value);
}

function get_option(string $name): string|false
{
    return Kept::find($name) ?? false;
}

function get_locale(): string
{
    return 'en_GB';
}

function wp_unslash(string $text): string
{
    return stripslashes($text);
}

function sanitize_text_field(string $text): string
{
    return trim(strip_tags($text));
}

function wp_is_uuid(string $text): bool
{
    return preg_match('/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/D', $text) === 1;
}

function wc_get_order(int $id): object
{
    return new class (Site::$orders[$id]) {
        public function __construct(private readonly array $lines)
        {
        }

        public function get_items(): array
        {
            return $this->lines;
        }
    };
}

function finish(int $status, mixed $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode($body, JSON_THROW_ON_ERROR));
}

require getenv('SNIPPET') . '/career-tests.php';
do_action('rest_api_init');

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/_sign-in') {
    $_SESSION = array_filter(['user_id' => $_GET['user'], 'token' => bin2hex(random_bytes(16))]);
    finish(200, ['token' => $_SESSION['token']]);
}
if ($path === '/_pay') {
    $_GET['test'] = $_GET['session'];
    $line = new Line();
    do_action('woocommerce_checkout_create_order_line_item', $line, 'key', do_action('woocommerce_add_cart_item_data', []));
    Site::$orders[7] = [$line];
    do_action('woocommerce_payment_complete', 7);
    finish(200, ['paid' => true]);
}
$route = Site::$routes[$path] ?? finish(404, ['code' => 'rest_no_route']);
if (!$route['permission_callback']()) {
    finish(401, ['code' => 'rest_forbidden']);
}
$body = file_get_contents('php://input');
$told = json_decode($body, true);
$told = is_array($told) ? $told : [];
foreach ($route['args'] as $name => $rule) {
    if (!is_string($told[$name] ?? null) || !wp_is_uuid($told[$name])) {
        finish(400, ['code' => 'rest_invalid_param']);
    }
}
$answer = $route['callback'](new WP_REST_Request($body, $told));
if ($answer instanceof WP_Error) {
    finish($answer->data['status'], ['code' => $answer->code, 'message' => $answer->message, 'data' => $answer->data]);
}
finish($answer->status, $answer->data);
