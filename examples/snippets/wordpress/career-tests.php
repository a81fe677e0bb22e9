<?php

/**
 * Plugin Name: Career tests
 * Description: Tests of Widget Gateway: put [career_test] on a page. wp-config.php defines the four constants.
 * Requires PHP: 8.1
 */

use WidgetGateway\Client\Client;
use WidgetGateway\Client\Events\ResultFinished;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

defined('ABSPATH') || exit;

require __DIR__ . '/vendor/autoload.php';

function career_tests_gateway(): Client
{
    static $gateway;
    return $gateway ??= new Client(CAREER_TESTS_URL, CAREER_TESTS_KEY);
}

/** The price and the address at which a test is paid for. */
const CAREER_TESTS_OFFER = ['price' => '490 ₽', 'href' => '/checkout/?add-to-cart=' . CAREER_TESTS_PRODUCT . '&test='];

add_action('rest_api_init', static function (): void {
    // WordPress checks the nonce in X-WP-Nonce; without it nobody is signed in here.
    $call = static fn (string $path, callable $callback, array $args, callable|string $who) => register_rest_route(
        'career-tests/v1',
        $path,
        ['methods' => 'POST', 'callback' => $callback, 'permission_callback' => $who, 'args' => $args],
    );
    $uuid = ['required' => true, 'type' => 'string', 'format' => 'uuid'];
    $call('/attempts', 'career_tests_attempts', ['session' => $uuid], 'is_user_logged_in');
    $call('/checkout', 'career_tests_checkout', ['session' => $uuid], 'is_user_logged_in');
    $call('/results', 'career_tests_results', ['result_key' => $uuid], 'is_user_logged_in');
    $call('/webhook', 'career_tests_webhook', [], '__return_true'); // its signature says who calls
});

/** Whose attempt it is, for the webhook of a visitor who closes the page at the end. */
function career_tests_attempts(WP_REST_Request $request): WP_REST_Response
{
    add_option('career_test_' . $request['session'], get_current_user_id(), '', false); // the first to say so
    return new WP_REST_Response((object) []);
}

function career_tests_checkout(WP_REST_Request $request): WP_REST_Response
{
    return new WP_REST_Response(['href' => CAREER_TESTS_OFFER['href'] . $request['session']] + CAREER_TESTS_OFFER);
}

function career_tests_results(WP_REST_Request $request): WP_REST_Response|WP_Error
{
    try {
        career_tests_gateway()->resultAttach(
            result_key: $request['result_key'],
            user_id: 'user-' . get_current_user_id(),
        );
        $result = career_tests_gateway()->resultGet($request['result_key'], locale: substr(get_locale(), 0, 2));
    } catch (GatewayException $refusal) {
        return new WP_Error($refusal->reason, $refusal->getMessage(), ['status' => $refusal->getCode()]);
    }
    return new WP_REST_Response(['scales' => $result->scales]);
}

/** The gateway calls this, maybe twice: to attach once more does no harm. */
function career_tests_webhook(WP_REST_Request $request): WP_REST_Response
{
    try {
        $event = Webhook::verify(CAREER_TESTS_WEBHOOK_SECRET, getallheaders(), $request->get_body());
    } catch (WebhookException) {
        return new WP_REST_Response((object) [], 400);
    }
    $owner = $event instanceof ResultFinished ? get_option('career_test_' . $event->data->session) : false;
    if ($owner) {
        career_tests_gateway()->resultAttach(result_key: $event->data->result_key, user_id: "user-$owner");
    }
    return new WP_REST_Response((object) []);
}

// WooCommerce: the session goes from the address of the checkout into the order, and is paid with it.
add_filter('woocommerce_add_cart_item_data', static function (array $item): array {
    $session = sanitize_text_field(wp_unslash($_GET['test'] ?? ''));
    return wp_is_uuid($session) ? $item + ['test_session' => $session] : $item;
});
add_action('woocommerce_checkout_create_order_line_item', static function ($line, $key, $item): void {
    isset($item['test_session']) && $line->add_meta_data('_test_session', $item['test_session']);
}, 10, 3);
add_action('woocommerce_payment_complete', static function (int $order_id): void {
    foreach (wc_get_order($order_id)->get_items() as $line) {
        if ($session = $line->get_meta('_test_session')) {
            career_tests_gateway()->paymentConfirm(session: $session, payment_id: "order-$order_id");
        }
    }
});

add_shortcode('career_test', static function (): string {
    if (!is_user_logged_in()) {
        return '<a href="' . esc_url(wp_login_url(get_permalink())) . '">Sign in</a>';
    }
    wp_enqueue_script_module('test-widget', CAREER_TESTS_URL . '/static/widget/widget.js', [], null);
    wp_enqueue_script_module('career-tests', plugins_url('tests.js', __FILE__));
    return sprintf(
        '<test-widget provider="college" test="career-interests" data-base="%s" data-token-name="X-WP-Nonce" data-token="%s">'
            . '</test-widget><ul id="result"></ul>',
        esc_url(rest_url('career-tests/v1/')),
        esc_attr(wp_create_nonce('wp_rest')),
    );
});
