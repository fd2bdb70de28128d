#!/usr/bin/env bash
# Makes certificates for trying Encode out, with plain openssl: a private CA, and one pair each for the master and an agent.
#
#   certs/make-test-certs.sh FOLDER [HOST ...]      hosts default to localhost, 127.0.0.1 and ::1
#
# Writes ca.crt, master.{crt,key} and agent.{crt,key} into FOLDER, keys readable by their owner alone. The CA's key stays in
# FOLDER as ca.key: keep it away from the hosts. `master --generate-cert` makes a self-signed pair with no openssl at all.
# No key or certificate is ever committed: .gitignore refuses them.
set -euo pipefail

folder=${1:?usage: certs/make-test-certs.sh FOLDER [HOST ...]}
shift
[ $# -gt 0 ] || set -- localhost 127.0.0.1 ::1
umask 077
mkdir -p "$folder"

san=
for host in "$@"; do
  case $host in
    *[!0-9.]*:* | *:* | [0-9]*.[0-9]*.[0-9]*.[0-9]*) san+="IP:$host," ;;
    *) san+="DNS:$host," ;;
  esac
done

openssl ecparam -name prime256v1 -genkey -noout -out "$folder/ca.key"
openssl req -new -x509 -days 825 -key "$folder/ca.key" -out "$folder/ca.crt" -subj /CN=encode-test-ca

for name in master agent; do
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$folder/$name.key"
  openssl req -new -key "$folder/$name.key" -subj "/CN=$name" |
    openssl x509 -req -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 397 -out "$folder/$name.crt" \
      -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "${san%,}") 2>/dev/null
done
printf 'wrote ca.crt, master.crt, master.key, agent.crt, agent.key into %s\n' "$folder"
