# title: nothing is wrong
# expect: 
filter() { echo -p icmp --addr 10.9.2.2; }
setup() { topo_routed; }
fault() { :; }
traffic() { ping_twice 10.9.2.2; }
