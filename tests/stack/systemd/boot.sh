#!/usr/bin/env bash
# boot.sh SERVER GROUP: becomes the systemd of a machine that has nothing but Sideline's units. Run in
# mount, PID and network namespaces of its own: what it writes lies in memory, and is gone with them.
# Control groups of that name stay, for whoever gave it to remove.
set -euo pipefail
server=$(realpath "$1")
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")

mount --make-rprivate /
mount -t proc proc /proc
ip link set lo up
mount -t tmpfs tmpfs /run
for place in /etc /usr /var; do
  layer=/run/layers$place
  mkdir -p "$layer"/{upper,work}
  mount -t overlay -o "lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work" overlay "$place"
done

# Of each hierarchy it sees a group of its own, which it divides further.
groups=$(</proc/self/cgroup)
while IFS=: read -r _ controllers path; do
  case $controllers in
    "") hierarchy=/sys/fs/cgroup/unified; [[ -d $hierarchy ]] || hierarchy=/sys/fs/cgroup ;;
    cpuset) continue ;;  # a new group has no processors
    *) hierarchy=/sys/fs/cgroup/${controllers#name=} ;;
  esac
  group=$hierarchy${path%/}/$2
  mkdir "$group"
  echo $$ >"$group/cgroup.procs"
  mount --bind "$group" "$hierarchy"
done <<<"$groups"

# No services of this machine: some would set up its devices, its kernel or its /tmp once more.
wanted=/usr/lib/systemd/system
for folder in /etc/systemd/system $wanted/{sysinit,local-fs,sockets,timers}.target.wants; do
  [[ ! -d $folder ]] || mount -t tmpfs tmpfs "$folder"
done

install -D "$server" /usr/bin/sideline-server
mkdir -p /usr/libexec/sideline
cp -r "$root"/scripts/{backup.sh,backup,shared} /usr/libexec/sideline
install -D -m 644 "$root/conf/production.conf" /etc/sideline/sideline.conf
install -m 644 "$root"/conf/systemd/* /etc/systemd/system
mkdir /etc/systemd/system/{sideline.service.d,service.d}
printf '[Service]\nStandardOutput=append:/var/log/units\n' >/etc/systemd/system/service.d/test.conf
printf '[Service]\nWatchdogSec=2\n' >/etc/systemd/system/sideline.service.d/test.conf
rm -rf /var/lib/{,private/}sideline{,-backup}

mount -t tmpfs tmpfs /tmp
exec env container=test unshare --cgroup /lib/systemd/systemd --system --unit=sideline.service --log-target=console --show-status=0
