# title: the accept queue of a listener is full
# expect: cause=tcp.listen_overflow
filter() { echo -p tcp --dport 7001; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" tcp 7001 python3 -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("10.9.1.1",7001)); s.listen(1); time.sleep(20)'
in_ns "$C" python3 -c 'import socket,time
c=[]
for i in range(8):
  s=socket.socket(); s.setblocking(False)
  try: s.connect(("10.9.1.1",7001))
  except BlockingIOError: pass
  c.append(s); time.sleep(.05)
time.sleep(3)'; served; }
