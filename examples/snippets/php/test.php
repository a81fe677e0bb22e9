<?php
// The page of the test, for users who are signed in.
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);
if (!isset($_SESSION['user_id'])) {
    header('Location: /sign-in');
    exit;
}
$_SESSION['token'] ??= bin2hex(random_bytes(32));
?>
<!doctype html>
<html lang="en">
<title>Career interests</title>
<script type="module" src="<?= getenv('GATEWAY_URL') ?>/static/widget/widget.js"></script>
<script type="module" src="/tests.js"></script>
<test-widget provider="college" test="career-interests"
  data-base="/tests.php/" data-token-name="X-CSRF-Token" data-token="<?= $_SESSION['token'] ?>"></test-widget>
<ul id="result"></ul>
</html>
