//! The fields of one schema by their names: a small table, made when a field of it is first asked for. Objects of one kind
//! ask for the same few hundred fields over and over, and a search among a pack's strings costs several times as much.

use super::pack::{List, Pack};
use super::schema::Schema;

/// The named fields of a schema.
pub(super) struct Fields {
    /// For each place of the table the number of a row from one on; nothing is 0.
    places: Box<[u32]>,
    rows: Box<[Row]>,
    /// The bits of the fields that must be there; all of them where bits cannot say it.
    needs: u32,
}

struct Row {
    /// What tells nearly all names apart: see [`beginning`].
    beginning: u64,
    length: u32,
    /// The name's number in the pack.
    name: u32,
    id: u32,
    at: u32,
    head: u32,
    mask: u32,
    need: u32,
}

/// A field of a schema.
#[derive(Clone, Copy)]
pub struct Property<'a> {
    /// What its value must be.
    pub schema: Schema<'a>,
    /// Its bit among those of [`Properties::needs`], where it must be there.
    pub need: u32,
}

/// The named fields of a schema, for one who asks for several.
#[derive(Clone, Copy)]
pub struct Properties<'a> {
    pub(super) pack: &'a Pack,
    pub(super) fields: Option<&'a Fields>,
    /// What holds where there are no fields.
    pub(super) needs: u32,
}

impl<'a> Properties<'a> {
    /// A field by its name.
    #[inline]
    pub fn get(self, name: &str) -> Option<Property<'a>> {
        self.fields?.find(self.pack, name.as_bytes())
    }

    /// The bits of the fields that must be there: whoever has met them all misses none. Where bits cannot say it, there is one
    /// that no field has.
    pub fn needs(self) -> u32 {
        self.fields.map_or(self.needs, |fields| fields.needs)
    }
}

/// Names up to this length are told by their beginning and length alone.
const SHORT: usize = 8;

/// The bit of no field: what must be there is more than bits can say.
pub(super) const BEYOND: u32 = 1 << 31;

impl Fields {
    /// Of the rows of a schema's properties, and the names of those that must be there. A row that cannot be read is left out.
    pub fn of<'s>(pack: &Pack, list: List<'_>, required: impl Iterator<Item = &'s str>) -> Self {
        let mut rows: Box<[Row]> = (0..list.len())
            .filter_map(|row| {
                let name = list.get(row, 0)?;
                let text = pack.text_bytes(name)?;
                let Schema { id, at, head, mask, .. } = pack.node(list.get(row, 1)?)?;
                let length = u32::try_from(text.len()).ok()?;
                Some(Row { beginning: beginning(text), length, name, id, at, head, mask, need: 0 })
            })
            .collect();
        let mut needs = 0;
        for (number, wanted) in required.enumerate() {
            let row = rows.iter_mut().find(|row| pack.text_bytes(row.name) == Some(wanted.as_bytes()));
            let bit =
                u32::try_from(number).ok().and_then(|number| 1u32.checked_shl(number)).filter(|bit| *bit < BEYOND);
            match (row, bit) {
                (Some(row), Some(bit)) => {
                    row.need = bit;
                    needs |= bit;
                }
                _ => needs |= BEYOND,
            }
        }
        // at most half of it is taken, so that a search ends soon, and at all
        let mut places = vec![0; (rows.len() * 2).next_power_of_two()].into_boxed_slice();
        for (number, row) in (1..).zip(&rows) {
            let mut at = place(row.beginning, row.length, places.len());
            while places.get(at).is_some_and(|taken| *taken != 0) {
                at = (at + 1) & (places.len() - 1);
            }
            if let Some(free) = places.get_mut(at) {
                *free = number;
            }
        }
        Self { places, rows, needs }
    }

    #[inline]
    fn find<'a>(&self, pack: &'a Pack, name: &[u8]) -> Option<Property<'a>> {
        let wanted = (beginning(name), u32::try_from(name.len()).ok()?);
        let mut at = place(wanted.0, wanted.1, self.places.len());
        loop {
            let number = *self.places.get(at)? as usize;
            let row = self.rows.get(number.checked_sub(1)?)?;
            let is_same = (row.beginning, row.length) == wanted
                && (name.len() <= SHORT || pack.text_bytes(row.name) == Some(name));
            if is_same {
                let Row { id, at, head, mask, need, .. } = *row;
                return Some(Property { schema: Schema { pack, id, at, head, mask }, need });
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }
}

/// The first eight bytes of a name as a number; of a shorter name all its bytes, which its length tells apart.
#[inline]
fn beginning(name: &[u8]) -> u64 {
    let wide = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    if let Some(whole) = name.first_chunk() {
        return u64::from_le_bytes(*whole);
    }
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => wide(first) | wide(last) << 32,
        _ => name.iter().fold(0, |told, byte| told << 8 | u64::from(*byte)),
    }
}

/// Where in a table of so many places, a power of two, a name is looked for first.
#[inline]
fn place(beginning: u64, length: u32, places: usize) -> usize {
    // the golden ratio's bits, as Fibonacci hashing takes them
    let mixed = (beginning ^ u64::from(length).rotate_right(8)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize & (places - 1)
}
