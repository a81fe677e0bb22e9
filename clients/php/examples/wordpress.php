<?php

/**
 * Plugin Name: Tests of Widget Gateway
 * Description: Attaches the results of tests to the users of this site, and receives webhooks.
 *
 * Put this file and the client's folder `widget-gateway` into `wp-content/plugins/tests/`. `wp-config.php` gets:
 *
 *     define('GATEWAY_URL', 'https://gateway.example');
 *     define('GATEWAY_CLIENT_KEY', 'test_…');
 *     define('GATEWAY_WEBHOOK_SECRET', 'whsec_…');
 *
 * The page calls `/wp-json/tests/v1/results` with the header `X-WP-Nonce: <?= wp_create_nonce('wp_rest') ?>`.
 */

declare(strict_types=1);

use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

require_once __DIR__ . '/widget-gateway/autoload.php';

/** The page sends the key that the widget told. Whose result it becomes only the server decides. */
function tests_attach(WP_REST_Request $request): WP_REST_Response|WP_Error
{
    $gateway = new Client(GATEWAY_URL, GATEWAY_CLIENT_KEY);
    $resultKey = (string) $request->get_param('result_key');
    try {
        $gateway->resultAttach(result_key: $resultKey, user_id: get_current_user_id());
        $result = $gateway->resultGet(result_key: $resultKey, locale: substr(get_user_locale(), 0, 2));
    } catch (GatewayException $refused) {
        return new WP_Error($refused->reason, $refused->getMessage(), ['status' => $refused->getCode()]);
    }
    return new WP_REST_Response($result->jsonSerialize(), 200);
}

function tests_receive(WP_REST_Request $request): WP_REST_Response
{
    try {
        $event = Webhook::verify(GATEWAY_WEBHOOK_SECRET, $request->get_headers(), $request->get_body());
    } catch (WebhookException) {
        return new WP_REST_Response(null, 400);
    }
    if (add_option('tests_event_' . hash('sha256', $event->id), time(), '', false)) { // an event can come twice
        do_action('tests_event', $event);
    }
    return new WP_REST_Response(null, 204);
}

add_action('rest_api_init', static function (): void {
    register_rest_route('tests/v1', '/results', [
        'methods' => 'POST',
        'callback' => 'tests_attach',
        'permission_callback' => 'is_user_logged_in',
        'args' => ['result_key' => ['required' => true, 'type' => 'string']],
    ]);
    register_rest_route('tests/v1', '/hook', [
        'methods' => 'POST',
        'callback' => 'tests_receive',
        'permission_callback' => '__return_true',
    ]);
});
