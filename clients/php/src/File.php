<?php

declare(strict_types=1);

namespace WidgetGateway\Client;

/** A report or an invoice as a file. */
final class File
{
    /**
     * @param string $content its bytes
     * @param string $mediaType such as `application/pdf`, for the header `Content-Type`
     * @param string|null $filename a name to save it by, if the gateway tells one
     */
    public function __construct(
        public readonly string $content,
        public readonly string $mediaType,
        public readonly ?string $filename,
    ) {
    }
}
