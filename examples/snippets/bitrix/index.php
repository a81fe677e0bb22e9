<?php

// /local/tests/index.php: called by our page as /local/tests/?call=results, and by the gateway as ?call=webhook.

define('NO_KEEP_STATISTIC', true);
define('NOT_CHECK_PERMISSIONS', true);
require $_SERVER['DOCUMENT_ROOT'] . '/bitrix/modules/main/include/prolog_before.php';

use Bitrix\Main\Application;
use Bitrix\Main\Engine\CurrentUser;
use Bitrix\Main\Web\Json;
use WidgetGateway\Client\Events\ResultFinished;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

function answer(int $status, array $body = []): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo Json::encode((object) $body);
    CMain::FinalActions();
    exit;
}

$body = file_get_contents('php://input');
$told = json_decode($body, true);
$uuid = static fn (string $name): string => preg_match('/^[0-9a-f-]{36}$/D', (string) ($told[$name] ?? ''))
    ? $told[$name] : answer(400);
$call = Application::getInstance()->getContext()->getRequest()->getQuery('call');
$database = Application::getConnection(); // with the table site_attempts (SESSION char(36) primary key, USER_ID int)
$user = (int) CurrentUser::get()->getId();
if ($call !== 'webhook' && ($user === 0 || !check_bitrix_sessid())) { // the header X-Bitrix-Csrf-Token
    answer(403, ['reason' => 'not_signed_in']);
}

try {
    switch ($call) {
        case 'attempts': // Whose attempt it is, for the webhook of a visitor who closes the page at the end.
            $database->queryExecute(
                "INSERT IGNORE INTO site_attempts (SESSION, USER_ID) VALUES ('{$uuid('session')}', $user)"
            );
            answer(200);
        case 'checkout': // The basket's item takes the session into the order's property TEST_SESSION.
            answer(200, ['price' => '490 ₽', 'href' => '/personal/order/make/?TEST_SESSION=' . $uuid('session')]);
        case 'results':
            $key = $uuid('result_key');
            gateway()->resultAttach(result_key: $key, user_id: "user-$user");
            answer(200, ['scales' => gateway()->resultGet($key, locale: LANGUAGE_ID)->scales]);
        case 'webhook': // The gateway may call twice: to attach once more does no harm.
            $event = Webhook::verify(getenv('WEBHOOK_SECRET'), getallheaders(), $body);
            if ($event instanceof ResultFinished) {
                $session = $database->getSqlHelper()->forSql($event->data->session, 36);
                $owner = $database->queryScalar("SELECT USER_ID FROM site_attempts WHERE SESSION = '$session'");
                $owner && gateway()->resultAttach(result_key: $event->data->result_key, user_id: "user-$owner");
            }
            answer(200);
        default:
            answer(404);
    }
} catch (WebhookException) {
    answer(400);
} catch (GatewayException $refusal) {
    answer($refusal->getCode(), ['reason' => $refusal->reason]);
}
