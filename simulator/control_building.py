"""Control routes that put things into the world: bloqs, lockers, branches, a menu, customers, or all of it at once.

May not change what is there. Non-obvious choice: they take what a world file takes, so that a file can be tried piece by piece.
"""

from . import furnishing
from .building import BloqPlan, DeployPlan, LockerPlan, Names, add_locker, build, deploy
from .menu import MenuForm
from .strict import read_strict
from .web import Answer, Call, Operation
from .words import Cause
from .world import World


def _people(call: Call) -> Cause:
    """Bloq.it's people, or Blink's."""
    return Cause(call.operation, "bloq_it_admin")


def _add_bloq(world: World, call: Call) -> Answer:
    plan, names = read_strict(BloqPlan, call.body), Names(world.bloqit)
    names.reserve(plan)
    return Answer(build(world.bloqit, plan, names=names, cause=_people(call)).view(), 201)


def _add_locker(world: World, call: Call) -> Answer:
    bloq, plan, names = world.bloqit.bloq(call.path["bloq"]), read_strict(LockerPlan, call.body), Names(world.bloqit)
    names.reserve_locker(plan)
    return Answer(add_locker(world.bloqit, bloq, plan, names=names, cause=_people(call)).view(), 201)


def _add_branch(world: World, call: Call) -> Answer:
    plan = read_strict(furnishing.BranchPlan, call.body)
    furnishing.check_branches(world.blink, [plan])
    return Answer(furnishing.add_branch(world, plan, cause=_people(call)), 201)


def _add_products(world: World, call: Call) -> Answer:
    plan = read_strict(furnishing.ProductsPlan, call.body)
    world.blink.menu.sync(MenuForm(products=list(plan.products)), cause=_people(call))
    return Answer({"products": len(world.blink.menu.products)}, 201)


def _add_diners(world: World, call: Call) -> Answer:
    plan = read_strict(furnishing.DinerPlan, call.body)
    return Answer({"customers": furnishing.add_diners(world, plan, cause=_people(call))}, 201)


def _furnish(world: World, call: Call) -> Answer:
    furnishing.furnish(world, read_strict(furnishing.WorldPlan, call.body), cause=_people(call))
    return Answer(world.state(), 201)


def _deploy(world: World, call: Call) -> Answer:
    location, plan = world.bloqit.locations.get(call.path["location"]), read_strict(DeployPlan, call.body)
    bloq = deploy(world.bloqit, location, plan, cause=_people(call))
    return Answer({"_id": location.id, "bloq": bloq.id} | location.view())


BUILDING = (
    Operation("sim.world", "POST", ("/world",), _furnish),
    Operation("sim.bloqs.add", "POST", ("/bloqs",), _add_bloq),
    Operation("sim.lockers.add", "POST", ("/bloqs/{bloq}/lockers",), _add_locker),
    Operation("sim.blink.branches", "POST", ("/blink/branches",), _add_branch),
    Operation("sim.blink.products", "POST", ("/blink/products",), _add_products),
    Operation("sim.blink.customers", "POST", ("/blink/customers",), _add_diners),
    Operation("sim.locations.deploy", "POST", ("/locations/{location}/deploy",), _deploy),
)
"""All of them."""
