<?php

namespace App\Listeners;

use App\Events\OrderPaid;
use WidgetGateway\Client\Client;

/** Your own event, which is fired when your payment system has told your server of the money. */
class ConfirmTestPayment
{
    public function __construct(private readonly Client $gateway)
    {
    }

    public function handle(OrderPaid $event): void
    {
        if ($event->order->test_session !== null) {
            $this->gateway->paymentConfirm(
                session: $event->order->test_session,
                payment_id: "order-{$event->order->id}",
            );
        }
    }
}
