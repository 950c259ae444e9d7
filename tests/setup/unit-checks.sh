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

sed -i 's/^  interface: ""/  interface: lo/' /etc/wardwire/wardwire.yaml
systemctl start wardwire.service
echo "start=$?"
echo "active=$(show ActiveState)"
echo "status=$(show StatusText)"
pid=$(show MainPID)
echo "user=$(ps -o user= -p "$pid")"
echo "watchdog=$(show WatchdogUSec)"
child=$(pgrep -P "$pid")
echo "sensor_caps=$(awk '/^CapEff/{print $2}' "/proc/$child/status")"
echo "control_caps=$(awk '/^CapEff/{print $2}' "/proc/$pid/status")"
echo "score=$(systemd-analyze security wardwire.service 2>/dev/null | sed -n 's/.*level for wardwire.service: \([0-9.]*\).*/\1/p')"

# the sensor process dies: the service stays, a new one captures
kill -9 "$child"
wait_for sensor_gap 10 '[ -n "$(pgrep -P '"$pid"')" ] && [ "$(pgrep -P '"$pid"')" != '"$child"' ]'
echo "same_main=$([ "$(show MainPID)" = "$pid" ] && echo yes || echo no)"

# the control process dies: systemd starts the service anew
kill -9 "$pid"
wait_for main_gap 20 '[ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != '"$pid"' ] && [ "$(show MainPID)" != 0 ]'

# the control process hangs: the watchdog ends it
pid=$(show MainPID)
kill -STOP "$pid"
wait_for hang_gap 60 '[ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != '"$pid"' ] && [ "$(show MainPID)" != 0 ]'
echo "result=$(journalctl -u wardwire.service -o cat | grep -c "Watchdog timeout")"

from=$(now)
systemctl stop wardwire.service
echo "stop=$(echo "$(now) - $from" | bc)"
echo "exit=$(show Result)"

# settings with errors are said and do not come back for ever
cp /etc/wardwire/wardwire.yaml /root/good.yaml
echo 'nonsense: 1' >> /etc/wardwire/wardwire.yaml
systemctl start wardwire.service
echo "bad_start=$?"
sleep 3
echo "bad_state=$(show ActiveState)"
journalctl -u wardwire.service -o cat | grep -m1 nonsense | sed 's/^/bad_text=/'
cp /root/good.yaml /etc/wardwire/wardwire.yaml
poweroff
