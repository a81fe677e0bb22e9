<?php

/**
 * Widget Gateway in 1C-Bitrix: the page `/local/tests/index.php`, which the site's own pages call. Put the client's
 * folder into `/local/php_interface/widget-gateway/`. `/bitrix/.settings_extra.php` gets:
 *
 *     'widget_gateway' => ['value' => [
 *         'url' => 'https://gateway.example',
 *         'key' => 'test_…',
 *         'webhook_secret' => 'whsec_…',
 *     ], 'readonly' => true],
 *
 * and the database gets a table of the events that were handled:
 *
 *     CREATE TABLE tests_events (id CHAR(64) PRIMARY KEY);
 */

declare(strict_types=1);

use Bitrix\Main\Application;
use Bitrix\Main\Config\Configuration;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

define('NO_KEEP_STATISTIC', true);
require $_SERVER['DOCUMENT_ROOT'] . '/bitrix/modules/main/include/prolog_before.php';
require $_SERVER['DOCUMENT_ROOT'] . '/local/php_interface/widget-gateway/autoload.php';

$settings = Configuration::getValue('widget_gateway');

if (isset($_SERVER['HTTP_WEBHOOK_ID'])) {
    try {
        $event = Webhook::verify($settings['webhook_secret'], $_SERVER, file_get_contents('php://input'));
    } catch (WebhookException) {
        http_response_code(400);
        return;
    }
    $connection = Application::getConnection();
    $id = hash('sha256', $event->id);
    $connection->queryExecute("INSERT IGNORE INTO tests_events (id) VALUES ('$id')");
    if ($connection->getAffectedRowsCount() === 1) { // an event can come twice
        AddMessage2Log($event->type . ' ' . json_encode($event->data), 'tests');
    }
    http_response_code(204);
    return;
}

if (!$USER->IsAuthorized() || !check_bitrix_sessid()) { // the page sends `sessid`, BX.bitrix_sessid()
    http_response_code(401);
    return;
}
$gateway = new Client($settings['url'], $settings['key']);
$resultKey = (string) ($_POST['result_key'] ?? '');
try {
    // The page sends the key that the widget told. Whose result it becomes only the server decides.
    $gateway->resultAttach(result_key: $resultKey, user_id: (int) $USER->GetID());
    $result = $gateway->resultGet(result_key: $resultKey, locale: LANGUAGE_ID);
    header('Content-Type: application/json');
    echo json_encode($result);
} catch (GatewayException $refused) {
    http_response_code($refused->getCode());
    echo json_encode(['reason' => $refused->reason]);
}
