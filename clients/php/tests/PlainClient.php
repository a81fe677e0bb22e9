<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/** A PSR-18 client as some sites have one: it is no factory, and its exceptions have the headers in their text. */
final class PlainClient implements ClientInterface
{
    public function sendRequest(RequestInterface $request): ResponseInterface
    {
        $text = $request->getHeaderLine('Authorization') . ' failed';
        throw new class ($text) extends \Exception implements ClientExceptionInterface {
        };
    }
}
