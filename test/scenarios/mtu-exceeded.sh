# title: a packet with DF set is larger than the router's outgoing MTU
# expect: cause=ip.mtu_exceeded
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { ip -n $R link set rs mtu 1000; ip -n $S link set s0 mtu 1000; }
traffic() { in_ns $C ping -M do -s 1200 -c 2 -i 0.3 -W 1 10.9.2.2; }
