"""Keys that were made before there were projects: filed where administration looks for them."""

from adapters.store.client import Store
from service.flat import texts
from service.keyspace import Keyspace
from service.projects import Project, fields_of


async def adopt(store: Store, names: Keyspace) -> None:
    """Every key in its index, and a record for every project that has keys, named by its id. Safe
    to repeat, and beside replicas at work. Raises StoreSilent, StoreRefused.
    """
    ids = [identity.decode() for identity in await store.call("ZRANGE", names.keys, 0, -1)]
    for identity in ids:
        key = texts(await store.call("HGETALL", names.key(identity)))
        project, created = key.get("project", ""), int(key.get("created") or 0)
        index = names.keys_of(project) if project else names.admin_keys
        await store.call("ZADD", index, "NX", created, identity)
        if project and not await store.call("EXISTS", names.project(project)):
            fields = fields_of(Project(id=project, name=project, created=created))
            words = [word for pair in fields.items() for word in pair]
            await store.call("HSET", names.project(project), *words)
            await store.call("ZADD", names.projects, "NX", created, project)
