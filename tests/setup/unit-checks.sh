#!/bin/bash
# Runs inside a booted container with the package installed: what systemd sees of wardwire.service. Writes NAME=VALUE lines.
exec > /root/result 2>&1
set -u
show() { systemctl show wardwire.service --value -p "$1"; }
now() { date +%s.%N; }
wait_for() { # name, seconds, command: seconds it took
	local from
	from=$(now)
	while ! eval "$3"; do
		if [ "$(echo "$(now) - $from > $2" | bc)" = 1 ]; then
			echo "$1=never"
			return 1
		fi
		sleep 0.05
	done
	echo "$1=$(echo "$(now) - $from" | bc)"
}

# how often the sensor has begun to capture
captures() { journalctl -u wardwire.service -o cat | grep -c event=source.running; }
settings=/etc/wardwire/wardwire.yaml

sed -i 's/^  interface: ""/  interface: lo/' $settings
# a secret that only the service manager hands out
install -m 600 /dev/null /etc/wardwire/credentials/mqtt-password
echo secret > /etc/wardwire/credentials/mqtt-password
sed -i '0,/^  username: ""/s//  username: ward/; 0,/^  password_file: ""/s//  password_file: credential:mqtt-password/' $settings
systemctl enable wardwire.service 2> /dev/null
systemctl start wardwire.service
echo "start=$?"
echo "active=$(show ActiveState)"
echo "status=$(show StatusText)"
pid=$(show MainPID)
echo "user=$(ps -o user= -p "$pid")"
echo "watchdog=$(show WatchdogUSec)"
child=$(pgrep -P "$pid" | head -n 1)
echo "sensor_caps=$(awk '/^CapEff/{print $2}' "/proc/$child/status")"
echo "control_caps=$(awk '/^CapEff/{print $2}' "/proc/$pid/status")"
echo "score=$(systemd-analyze security wardwire.service 2>/dev/null | sed -n 's/.*level for wardwire.service: \([0-9.]*\).*/\1/p')"
echo "socket=$(stat -c '%a %U' /run/wardwire/control.sock)"
echo "cli=$(wardwire status --json | grep -o '"capture":{"up":[a-z]*')"
wardwire doctor --json > /root/doctor.json
echo "doctor=$?"
echo "doctor_unit=$(grep -o '"name":"unit","result":"[a-z]*"' /root/doctor.json)"

# settings with a change, then with an error: the same process goes on
sed -i 's/^  scan_ports: 20/  scan_ports: 6/' $settings
from=$(now)
systemctl reload wardwire.service
echo "reload=$?"
echo "reload_took=$(echo "$(now) - $from" | bc)"
echo "reloaded=$(journalctl -u wardwire.service -o cat | grep -c 'in force now: detect.scan_ports')"
cp $settings /root/good.yaml
echo 'nonsense: 1' >> $settings
systemctl reload wardwire.service 2> /dev/null
echo "bad_reload=$?"
echo "after_reload=$(show ActiveState) $([ "$(show MainPID)" = "$pid" ] && echo same)"
cp /root/good.yaml $settings
systemctl kill -s USR1 --kill-who=main wardwire.service
wait_for dump 5 '[ -s /var/lib/wardwire/state.json ]'

# the sensor process dies: the service stays, a new one captures
n=$(captures)
kill -9 "$child"
wait_for sensor_gap 10 '[ "$(captures)" -gt '"$n"' ]'
echo "same_main=$([ "$(show MainPID)" = "$pid" ] && echo yes || echo no)"

# the control process dies: systemd starts the service anew
for i in 1 2 3; do
	n=$(captures)
	kill -9 "$(show MainPID)"
	wait_for "main_gap_$i" 20 '[ "$(captures)" -gt '"$n"' ] && [ "$(show ActiveState)" = active ]'
	sleep 1
done

# the control process hangs: the watchdog ends it
pid=$(show MainPID)
n=$(captures)
kill -STOP "$pid"
wait_for hang_gap 60 '[ "$(captures)" -gt '"$n"' ] && [ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != '"$pid"' ]'
echo "result=$(journalctl -u wardwire.service -o cat | grep -c "Watchdog timeout")"

from=$(now)
systemctl stop wardwire.service
echo "stop=$(echo "$(now) - $from" | bc)"
echo "exit=$(show Result)"

# settings with errors are said and do not come back for ever
echo 'nonsense: 1' >> $settings
systemctl start wardwire.service
echo "bad_start=$?"
sleep 3
echo "bad_state=$(show ActiveState)"
journalctl -u wardwire.service -o cat | grep -m1 nonsense | sed 's/^/bad_text=/'
cp /root/good.yaml $settings
journalctl -u wardwire.service -o cat -n 200 > /root/journal
poweroff
