#include "server/command/clients/clients.h"

#include <utility>

namespace sideline::command {

void Clients::add(std::shared_ptr<Client> client) {
  const std::uint64_t id = client->id;
  const MutexLock lock(mutex_);
  clients_.insert_or_assign(id, std::move(client));
}

void Clients::remove(std::uint64_t id) {
  const MutexLock lock(mutex_);
  clients_.erase(id);
}

std::size_t Clients::size() const {
  const MutexLock lock(mutex_);
  return clients_.size();
}

std::shared_ptr<Client> Clients::find(std::uint64_t id) const {
  const MutexLock lock(mutex_);
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Client>> Clients::snapshot() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Client>> all;
  all.reserve(clients_.size());
  for (const auto& [id, client] : clients_) all.push_back(client);
  return all;
}

void Clients::kill(Client& client) {
  client.killed.store(true, std::memory_order_relaxed);
  remove(client.id);
  if (const auto link = client.link.lock()) link->close();
}

}  // namespace sideline::command
