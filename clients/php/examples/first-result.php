<?php

// GATEWAY_URL=https://gateway.example GATEWAY_CLIENT_KEY=test_… php first-result.php

require __DIR__ . '/../autoload.php'; // with Composer: vendor/autoload.php

$gateway = new WidgetGateway\Client\Client(getenv('GATEWAY_URL'), getenv('GATEWAY_CLIENT_KEY'));
$answers = array_fill(1, 24, ['3']); // the middle step of each of the 24 questions
$saved = $gateway->progressSave(test: 'work-values', progress: $answers);
$gateway->resultAttach(result_key: $saved->result_key, user_id: 'student-17');
foreach ($gateway->resultGet(result_key: $saved->result_key, locale: 'en')->scales as $scale) {
    echo "$scale->title: $scale->percentage %\n";
}
