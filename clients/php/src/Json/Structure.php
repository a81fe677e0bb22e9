<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/** What all objects of answers share: `json_encode` writes them as the API does. */
abstract class Structure implements \JsonSerializable
{
    /** Names of the members that are objects with any names, which PHP has as arrays. */
    protected const MAPS = [];

    /** Names of the members that the API leaves out when they are null. */
    protected const ABSENT = [];

    /** @return array<string, mixed> */
    public function jsonSerialize(): array
    {
        $members = get_object_vars($this);
        foreach ($members as $name => $value) {
            if ($value instanceof \DateTimeImmutable) {
                $members[$name] = $value->format('Y-m-d\TH:i:s.v\Z');
            } elseif ($value === null && in_array($name, static::ABSENT, true)) {
                unset($members[$name]);
            } elseif (is_array($value) && in_array($name, static::MAPS, true)) {
                $members[$name] = (object) $value;
            }
        }
        return $members;
    }
}
