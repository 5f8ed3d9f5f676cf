#!/bin/sh
# make-root.sh FOLDER FILE...: fills FOLDER, the root of an image, with the files, everything that they link, the certificate
# authorities that everybody trusts, and what says where all of it comes from. Runs in Debian, while the images are built.
set -eu
root=$1
shift

# put FILE: under the path it has here, whatever that path is a link to.
put() {
  mkdir -p "$root$(dirname "$1")"
  cp --dereference --preserve=mode,timestamps "$1" "$root$1"
}

# libraries FILE: the full paths of all that it links, the loader among them.
libraries() {
  ldd "$1" | awk '/=> not found/ { print "missing: " $1 > "/dev/stderr"; exit 1 }
    / => \// { print $3; next }
    /^[[:space:]]*\// { print $1 }'
}

# say_where_from FILE: the licence of its package, and the package's name and version, where scanners look for them.
say_where_from() {
  # Some packages list their files below /lib, which is a link to /usr/lib.
  package=$(dpkg-query --search "$1" "/usr$1" "${1#/usr}" 2>/dev/null | head -n 1 | cut -d : -f 1)
  [ -n "$package" ] || return 0
  if [ -e "/usr/share/doc/$package/copyright" ]; then put "/usr/share/doc/$package/copyright"; fi
  mkdir -p "$root/var/lib/dpkg/status.d"
  dpkg-query --show --showformat='Package: ${Package}\nStatus: ${Status}\nArchitecture: ${Architecture}\nVersion: ${Version}\nSource: ${source:Package}\n' \
    "$package" >"$root/var/lib/dpkg/status.d/$package"
}

mkdir -p "$root/etc" "$root/tmp" "$root/usr/bin" "$root/usr/lib" "${root%/*}/data"
chmod 1777 "$root/tmp"
echo 'chatire:x:10001:10001::/:/sbin/nologin' >"$root/etc/passwd"
echo 'chatire:x:10001:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
for file in /etc/ssl/certs/ca-certificates.crt /usr/share/doc/chatire/copyright /usr/share/doc/ca-certificates/copyright; do
  put "$file"
done
for file in "$@"; do
  put "$file"
  say_where_from "$file"
  linked=$(libraries "$file")
  for library in $linked; do
    put "$library"
    say_where_from "$library"
  done
done
