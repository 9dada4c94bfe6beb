# title: the router does not forward at all
# expect: cause=route.forwarding_disabled
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { in_ns $R sysctl -qw net.ipv4.ip_forward=0; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.2.2; }
