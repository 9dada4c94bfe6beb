# title: a connection that nobody answers: the SYN is sent, and is swallowed beyond this machine
# expect: cause=tcp.retransmit_timeout
filter() { echo -p tcp --dport 7004; }
setup() { topo_pair; ip -n "$C" link add sink0 type dummy; ip -n "$C" link set sink0 up; ip -n "$C" route add 10.9.3.0/24 dev sink0; }
fault() { ip -n "$C" neigh replace 10.9.3.9 lladdr 02:00:00:00:00:09 dev sink0 nud permanent; }
traffic() { in_ns "$C" timeout 9 nc -w 9 10.9.3.9 7004 </dev/null; }
