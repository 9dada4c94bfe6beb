# title: a rule of policy routing prohibits it
# expect: cause=route.prohibit rule~"from 10.9.1.0/24"
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { ip -n "$R" rule add from 10.9.1.0/24 priority 100 prohibit; }
traffic() { ping_twice 10.9.2.2; }
