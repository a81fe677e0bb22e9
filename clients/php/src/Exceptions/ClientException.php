<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Exceptions;

/** What this client throws: a call was refused, had no answer or a broken one; or a webhook is not genuine. */
abstract class ClientException extends \RuntimeException
{
    /**
     * @param string $message a sentence for people
     * @param int $code the HTTP status; 0 if there is none
     * @param string $requestId by which the gateway's operator finds the call in the logs; '' if it has none
     */
    public function __construct(string $message, int $code = 0, public readonly string $requestId = '')
    {
        parent::__construct($message, $code);
    }
}
