<?php

// The router of PHP's own web server for the snippet of plain PHP: a way to sign in, and the files.

if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) === '/_sign-in') {
    session_start();
    $_SESSION = array_filter(['user_id' => $_GET['user'], 'token' => bin2hex(random_bytes(16))]);
    exit(json_encode(['token' => $_SESSION['token']]));
}
if (str_ends_with($_SERVER['REQUEST_URI'], '.js')) {
    return false; // the web server sends the file
}
require $_SERVER['DOCUMENT_ROOT'] . (str_starts_with($_SERVER['REQUEST_URI'], '/tests.php/') ? '/tests.php' : '/test.php');
