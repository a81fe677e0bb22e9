<?php

/**
 * A server that answers with what a test has scripted, byte by byte, and reports each request.
 *
 * It prints its port, then reads the script, a JSON list, from its input: strings are sent as they are (in Base64, as
 * tests have bytes that are no text), and null closes the connection unanswered. Each request is printed as a line
 * of JSON. Every answer has a connection of its own.
 */

declare(strict_types=1);

$listener = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($listener, false);
echo substr($address, strrpos($address, ':') + 1), "\n";
$script = json_decode(fgets(STDIN));

foreach ($script as $answer) {
    $connection = stream_socket_accept($listener, 60);
    $request = '';
    $length = null;
    while ($length === null || strlen($request) < $length) {
        $piece = fread($connection, 65536);
        if ($piece === '' || $piece === false) {
            break;
        }
        $request .= $piece;
        $head = strpos($request, "\r\n\r\n");
        if ($length === null && $head !== false) {
            preg_match('/^content-length: (\d+)/mi', $request, $found);
            $length = $head + 4 + (int) ($found[1] ?? 0);
        }
    }
    [$head, $body] = explode("\r\n\r\n", $request, 2) + ['', ''];
    $lines = explode("\r\n", $head);
    $headers = [];
    foreach (array_slice($lines, 1) as $line) {
        [$name, $value] = explode(': ', $line, 2) + ['', ''];
        $headers[strtolower($name)] = $value;
    }
    echo json_encode(['line' => $lines[0], 'headers' => $headers, 'body' => $body]), "\n";
    if ($answer !== null) {
        fwrite($connection, base64_decode($answer));
    }
    fclose($connection);
}
