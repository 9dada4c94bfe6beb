# title: a CPU has no room for what arrives at once: a frame is flooded to more ports than fit
# machine: own
# expect: cause=device.backlog_full sysctl=net.core.netdev_max_backlog
# guests: forky
filter() { echo -p udp --dport 5353; }
setup() { topo_bridged; for i in 1 2 3 4 5 6; do cable "$R" "p$i" "$S" "s$i"; ip -n "$R" link set "p$i" master br0; done
ip -n "$C" neigh replace 10.9.1.1 lladdr 02:00:00:00:00:99 dev c0 nud permanent; }
fault() { sysctl -qw net.core.netdev_max_backlog=1; }
traffic() { for _ in 1 2 3; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5353; done; }
mend() { sysctl -qw net.core.netdev_max_backlog=1000; }
