#!/bin/sh
# Makes the secrets of compose.yaml in deploy/secrets. What exists already is kept.
set -eu
cd "$(dirname "$0")"

# Nobody else may enter the folder. Inside it the files are readable, since Docker mounts each of
# them alone, with its owner and mode, and containers run as users of their own.
mkdir -p secrets
chmod 0700 secrets
umask 022

keep_or_write() {
    [ -s "secrets/$1" ] || printf '%s\n' "$2" > "secrets/$1"
}

for name in mongodb_root_password jwt_secret pin_pepper callback_key grafana_admin_password; do
    keep_or_write "$name" "$(openssl rand -hex 32)"
done
keep_or_write mongodb_uri \
    "mongodb://widget_gateway:$(openssl rand -hex 32)@mongo-1:27017,mongo-2:27017,mongo-3:27017/?replicaSet=widget_gateway&authSource=admin"

# A certificate to try it with, which browsers don't trust. Replace both files by your own.
if ! [ -s secrets/tls_key.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout secrets/tls_key.pem -out secrets/tls_certificate.pem 2> /dev/null
    chmod 0644 secrets/tls_key.pem
fi

[ -e .env ] || cp .env.example .env
echo "The secrets are in $PWD/secrets. Keep a copy of pin_pepper and jwt_secret in a safe place."
