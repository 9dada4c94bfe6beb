# title: the router has no route to the destination
# expect: cause=route.none
filter() { echo -p icmp --daddr 172.31.9.9; }
setup() { topo_routed; }
fault() { :; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 172.31.9.9; }
