# title: strict reverse-path filtering drops a packet with a source that routes elsewhere
# expect: cause=route.rp_filter device=s0
filter() { echo -p icmp --saddr 10.77.0.5; }
setup() { topo_pair; in_ns $S sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.s0.rp_filter=0; ip -n $S link add dum0 type dummy; ip -n $S link set dum0 up; ip -n $S route add 10.77.0.0/24 dev dum0; ip -n $C addr add 10.77.0.5/32 dev c0; in_ns $C ping -c 1 -W 1 10.9.1.1; }
fault() { in_ns $S sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.s0.rp_filter=1; }
traffic() { in_ns $C ping -I 10.77.0.5 -c 2 -i 0.3 -W 1 10.9.1.1; }
