<?php

// What the stand-ins for frameworks keep: a table with a unique key, in files.

final class Kept
{
    public static function insert(string $key, string $value): void
    {
        if ($file = @fopen(self::place($key), 'x')) {
            fwrite($file, $value);
        }
    }

    public static function find(string $key): ?string
    {
        return is_file(self::place($key)) ? file_get_contents(self::place($key)) : null;
    }

    private static function place(string $key): string
    {
        return getenv('DATA_DIR') . '/' . hash('sha256', $key);
    }
}
