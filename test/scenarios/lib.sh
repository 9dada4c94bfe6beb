# What scenarios are made of. A scenario file breaks a small network in one known way and says what a diagnosis has to name:
#
#   # title: what is wrong, a sentence
#   # needs: programs that not every system has
#   # expect: key=value (exact) and key~value (contained), of one diagnosis line of nettrace --diag --json; words with spaces in quotes
#   # guests: bullseye …  make test also runs it on these guest kernels: what cannot be set up everywhere, and one of a kind. Without it
#                         only here, and by make scenarios
#   # machine: own       it changes settings of the whole machine: only where nothing else lives, which is in guests
#   setup()    builds the network, healthy
#   fault()    breaks it
#   traffic()  sends what fails, and returns by itself within ten seconds
#   mend()     takes back what is not in the namespaces
#   filter()   what a user would write behind nettrace for this traffic
#
# Everything lives in three namespaces of the run's own: $C the client, $R the router, $S the server.
#   pair     C (10.9.1.2, fd09:1::2) --- veth --- S (10.9.1.1, fd09:1::1)
#   routed   C (10.9.1.2) --- R (10.9.1.1 | 10.9.2.1) --- S (10.9.2.2); IPv6 fd09:1::/64, fd09:2::/64
#   bridged  C (10.9.1.2) --- R [br0 of pc, ps] --- S (10.9.1.1)
set -u
: "${NETWORK:?the beginning of the names of the namespaces}"
C=$NETWORK-c R=$NETWORK-r S=$NETWORK-s

in_ns() {
  local namespace=$1
  shift
  nsenter --net="/run/netns/$namespace" "$@"
}

ns_add() {
  local name
  for name in "$@"; do
    ip netns add "$name"
    ip -n "$name" link set lo up
  done
}

# cable NAMESPACE DEVICE NAMESPACE DEVICE
cable() {
  ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
  ip -n "$1" link set "$2" up
  ip -n "$3" link set "$4" up
}

# addr NAMESPACE DEVICE ADDRESS…
addr() {
  local namespace=$1 device=$2 each
  shift 2
  for each in "$@"; do
    case $each in
      *:*) ip -n "$namespace" addr add "$each" dev "$device" nodad ;;
      *) ip -n "$namespace" addr add "$each" dev "$device" ;;
    esac
  done
}

# set_in NAMESPACE NAME=VALUE…
set_in() {
  local namespace=$1
  shift
  in_ns "$namespace" sysctl -qw "$@"
}

topo_pair() {
  ns_add "$C" "$S"
  cable "$C" c0 "$S" s0
  addr "$C" c0 10.9.1.2/24 fd09:1::2/64
  addr "$S" s0 10.9.1.1/24 fd09:1::1/64
}

topo_routed() {
  ns_add "$C" "$R" "$S"
  cable "$C" c0 "$R" rc
  cable "$R" rs "$S" s0
  addr "$C" c0 10.9.1.2/24 fd09:1::2/64
  addr "$R" rc 10.9.1.1/24 fd09:1::1/64
  addr "$R" rs 10.9.2.1/24 fd09:2::1/64
  addr "$S" s0 10.9.2.2/24 fd09:2::2/64
  ip -n "$C" route add default via 10.9.1.1
  ip -n "$S" route add default via 10.9.2.1
  ip -n "$C" -6 route add default via fd09:1::1
  ip -n "$S" -6 route add default via fd09:2::1
  set_in "$R" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

topo_bridged() {
  ns_add "$C" "$R" "$S"
  cable "$C" c0 "$R" pc
  cable "$R" ps "$S" s0
  ip -n "$R" link add br0 type bridge
  ip -n "$R" link set pc master br0
  ip -n "$R" link set ps master br0
  ip -n "$R" link set br0 up
  addr "$C" c0 10.9.1.2/24
  addr "$S" s0 10.9.1.1/24
}

topo_down() {
  local name
  for name in "$C" "$R" "$S"; do ip netns del "$name" 2>/dev/null || :; done
}

# wire NAMESPACE DEVICE NAMESPACE DEVICE PACKET [COUNT]: puts a packet (an expression of packets.py) on the wire between the two
wire() {
  in_ns "$1" python3 test/scenarios/packets.py "$2" "$(mac_of "$3" "$4")" "$5" "${6:-2}"
}

# serve NAMESPACE udp|tcp PORT PROGRAM…: starts it, for two minutes at most or until "served"; returns when its socket is there, since any
# fixed time is too short on a busy machine
serve() {
  local namespace=$1 protocol=$2 port=$3 i
  shift 3
  nsenter --net="/run/netns/$namespace" timeout 120 "$@" </dev/null >/dev/null &
  SERVER=$!
  for i in $(seq 600); do
    in_ns "$namespace" ss -Hln "--$protocol" "sport = :$port" | grep -q . && return
    sleep 0.05
  done
  echo "nobody listens on $protocol port $port: $*" >&2
  return 1
}

# ends it, once there was time to look at it
served() {
  sleep 4
  kill "$SERVER" 2>/dev/null
  wait "$SERVER" 2>/dev/null
  :
}

# established: a TCP connection from port 40123 of the client to port 7005 of the server that stays until "served"; $STAMP is what the
# client puts into its timestamps now
established() {
  serve "$S" tcp 7005 python3 -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("10.9.1.1",7005)); s.listen(1); c,_=s.accept(); time.sleep(120)'
  local stamp i
  stamp=$(mktemp)
  in_ns "$C" timeout 120 python3 -c 'import socket,time
s=socket.socket(); s.bind(("10.9.1.2",40123)); s.connect(("10.9.1.1",7005)); print(s.getsockopt(6,24),flush=True); s.recv(1)' >"$stamp" &
  for i in $(seq 600); do
    [[ -s $stamp ]] && break
    sleep 0.05
  done
  STAMP=$(<"$stamp")
  rm "$stamp"
}

mend() { :; }

# warm ADDRESS: until neighbours are known, and IPv6 has made sure of its addresses
warm() {
  local i
  for i in $(seq 20); do in_ns "$C" ping -c 1 -W 1 "$1" >/dev/null 2>&1 && return; done
  echo "no answer from $1" >&2
  return 1
}

# mac_of NAMESPACE DEVICE
mac_of() { in_ns "$1" ip -o link show dev "$2" | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'; }

ping_twice() { in_ns "$C" ping -c 2 -i 0.3 -W 1 "$@"; }
