<?php

/** Who is signed in, for the fronts: `POST /sign-in` with a name. Returns the name, or ''. */

declare(strict_types=1);

session_start(['cookie_samesite' => 'Lax']);
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) === '/sign-in') {
    $_SESSION['user'] = json_decode(file_get_contents('php://input'))->name;
    http_response_code(204);
    exit;
}
return $_SESSION['user'] ?? '';
