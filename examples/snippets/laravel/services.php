<?php

return [
    'widget_gateway' => [
        'url' => env('GATEWAY_URL'),
        'key' => env('GATEWAY_KEY'),
        'webhook_secret' => env('GATEWAY_WEBHOOK_SECRET'),
    ],
];
