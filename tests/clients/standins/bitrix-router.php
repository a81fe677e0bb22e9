<?php

// The router of PHP's own web server for the snippet of Bitrix: a way to sign in and to pay, and its page.

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/_')) {
    require $_SERVER['DOCUMENT_ROOT'] . '/bitrix/modules/main/include/prolog_before.php';
}
if ($path === '/_sign-in') {
    $_SESSION = array_filter(['user_id' => $_GET['user'], 'token' => bin2hex(random_bytes(16))]);
    exit(json_encode(['token' => bitrix_sessid()]));
}
if ($path === '/_pay') {
    $handler = Bitrix\Main\EventManager::$handlers['sale:OnSaleOrderPaid'];
    $handler(new Bitrix\Main\Event(['ENTITY' => new Order($_GET['session'])]));
    exit('{}');
}
require $_SERVER['DOCUMENT_ROOT'] . '/local/tests/index.php';
