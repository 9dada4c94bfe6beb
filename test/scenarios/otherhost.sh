# title: frames carry a MAC address that is not the server's
# expect: cause=device.otherhost device=s0
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; }
fault() { ip -n $C neigh replace 10.9.1.1 lladdr 02:00:00:00:00:99 dev c0 nud permanent; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
