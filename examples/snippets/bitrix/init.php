<?php

// /local/php_interface/init.php

use Bitrix\Main\Event;
use Bitrix\Main\EventManager;
use WidgetGateway\Client\Client;

require $_SERVER['DOCUMENT_ROOT'] . '/local/vendor/autoload.php';

function gateway(): Client
{
    static $gateway;
    return $gateway ??= new Client(getenv('GATEWAY_URL'), getenv('GATEWAY_KEY'));
}

// The module `sale` fires this when the payment system has told the shop of the money.
EventManager::getInstance()->addEventHandler('sale', 'OnSaleOrderPaid', static function (Event $event): void {
    $order = $event->getParameter('ENTITY');
    $session = $order->getPropertyCollection()->getItemByOrderPropertyCode('TEST_SESSION')?->getValue();
    if ($order->isPaid() && $session) {
        gateway()->paymentConfirm(session: $session, payment_id: 'order-' . $order->getId());
    }
});
