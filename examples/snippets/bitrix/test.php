<?php

// /test/index.php: the page of the test, for users who are signed in.
define('NEED_AUTH', true);
require $_SERVER['DOCUMENT_ROOT'] . '/bitrix/header.php';
$APPLICATION->SetTitle('Career interests');
?>
<script type="module" src="<?= getenv('GATEWAY_URL') ?>/static/widget/widget.js"></script>
<script type="module" src="/local/tests/tests.js"></script>
<test-widget provider="college" test="career-interests"
  data-base="/local/tests/?call=" data-token-name="X-Bitrix-Csrf-Token" data-token="<?= bitrix_sessid() ?>"></test-widget>
<ul id="result"></ul>
<?php
require $_SERVER['DOCUMENT_ROOT'] . '/bitrix/footer.php';
