<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\TransportException;

/** Carries a request to the gateway, once. */
interface Transport
{
    /**
     * @throws TransportException no whole answer came in time
     * @throws AnswerException the answer is too long
     */
    public function send(Request $request): Response;
}
