#!/usr/bin/env bash
# boot.sh SERVER GROUP: becomes the systemd of a machine that has nothing but Sideline's units. Run as
# process 1 of mount, PID, network, UTS and IPC namespaces: files that it writes lie in memory, and are
# gone with them. Control groups of that name stay, for whoever gave it to remove. The exit code is 77
# if this machine does not allow all of that.
set -euo pipefail
[[ $$ -eq 1 ]] || { echo "only for systemd_test.sh" >&2; exit 1; }
trap 'exit 77' ERR
server=$(realpath "$1")
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")

# --- Places of its own
mount --make-rprivate /
mount -t proc proc /proc
ip link set lo up
mount -t tmpfs tmpfs /run
for place in /etc /usr /var; do
  layer=/run/layers$place
  mkdir -p "$layer"/{upper,work}
  mount -t overlay -o "lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work" overlay "$place"
done

# Of each hierarchy it sees a group of its own, which it divides further. What holds the hierarchies is its
# own as well: systemd adds folders to it, and forbids others to write there.
groups=$(</proc/self/cgroup)
mount --rbind /sys/fs/cgroup /mnt
[[ -e /mnt/cgroup.procs ]] || mount -t tmpfs tmpfs /sys/fs/cgroup
while IFS=: read -r _ controllers path; do
  case $controllers in
    "") hierarchy=unified; [[ -d /mnt/$hierarchy ]] || hierarchy= ;;
    cpuset) continue ;;  # a new group has no processors
    *) hierarchy=${controllers#name=} ;;
  esac
  [[ -e /mnt/$hierarchy/cgroup.procs ]] || continue
  group=/mnt/$hierarchy${path%/}/$2
  mkdir "$group"
  echo $$ >"$group/cgroup.procs"
  mkdir -p "/sys/fs/cgroup/$hierarchy"
  mount --bind "$group" "/sys/fs/cgroup/$hierarchy"
done <<<"$groups"
umount --recursive /mnt

# The kernel and the devices are this machine's: no settings of the one, and of the others those alone
# that do nothing.
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /sys
mount --bind /dev /mnt
mount -t tmpfs tmpfs /dev
for device in null zero full random urandom tty; do
  touch "/dev/$device"
  mount --bind "/mnt/$device" "/dev/$device"
done
umount /mnt
mkdir /dev/{shm,pts}
mount -t devpts -o ptmxmode=666 devpts /dev/pts
ln -s pts/ptmx /dev/ptmx
ln -s /proc/self/fd /dev/fd
touch /dev/kmsg  # where systemd tells what it does

# --- No services of this machine, and no settings that would make some
units=/usr/lib/systemd/system
for folder in /etc/systemd /usr/lib/systemd/system-generators $units/{sysinit,local-fs,sockets,timers}.target.wants; do
  [[ ! -d $folder ]] || mount -t tmpfs tmpfs "$folder"
done
: >/etc/fstab

trap - ERR
install -D "$server" /usr/bin/sideline-server
mkdir -p /usr/libexec/sideline
cp -r "$root"/scripts/{backup.sh,backup,shared} /usr/libexec/sideline
install -D -m 644 "$root/conf/production.conf" /etc/sideline/sideline.conf
install -D -m 644 --target-directory /etc/systemd/system "$root"/conf/systemd/*
mkdir /etc/systemd/system/{sideline.service.d,sideline-backup.service.d,service.d}
printf '[Service]\nStandardOutput=append:/var/log/units\nLimitCORE=0\n' >/etc/systemd/system/service.d/test.conf
(umask 077; echo secret >/etc/sideline/password)
# What the units say of a password.
says() { printf '[Service]\n'; sed -n 's/^#   \(LoadCredential\|Environment\|ExecStart\)=/\1=/p' "$1" | grep -v '=\.\.\.'; }
for unit in sideline sideline-backup; do
  says "$root/conf/systemd/$unit.service" >"/etc/systemd/system/$unit.service.d/password.conf"
done
printf '[Service]\nWatchdogSec=10\n' >/etc/systemd/system/sideline.service.d/watchdog.conf
rm -rf /var/lib/{,private/}sideline{,-backup}

mount -t tmpfs tmpfs /tmp
# As on any machine of systemd's: credentials are mounted in another namespace.
mount --make-rshared /
# In a container systemd leaves the clock alone, and what else is the machine's.
exec env container=test unshare --cgroup /lib/systemd/systemd --system --unit=sideline.service --log-target=kmsg --show-status=0
