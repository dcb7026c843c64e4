//! The pattern of the root matrix's factor: dense, or sparse with a fill-reducing order.
//!
//! Nodes are levels of the root's factors; a node has r columns, which are kept together. Columns
//! with the same pattern form a panel (supernode), stored as one dense block column. The dense way
//! is the special case of a single panel. Theory (9).

use crate::dense;

/// A block column: columns `first..first + cols`, then the rows below, ascending.
pub struct Panel {
    pub first: usize,
    pub cols: usize,
    pub rows: Vec<u32>,
    /// Place of its values, column-major (cols + rows.len(), cols).
    pub offset: usize,
}

impl Panel {
    /// Rows of the panel, its own columns included.
    pub fn height(&self) -> usize {
        self.cols + self.rows.len()
    }
}

/// Where everything stands in the root matrix.
pub struct Layout {
    /// Number of columns (q).
    pub q: usize,
    /// Place of node k's first column, in elimination order.
    pub start: Vec<usize>,
    pub panels: Vec<Panel>,
    pub panel_of: Vec<u32>,
    pub n_values: usize,
    pub flops: f64,
}

impl Layout {
    /// One panel: everything is filled. `sizes` are the columns of each node.
    pub fn dense(sizes: &[usize]) -> Self {
        let q = sizes.iter().sum();
        let mut start = Vec::with_capacity(sizes.len());
        let mut next = 0;
        for size in sizes {
            start.push(next);
            next += size;
        }
        let panels = vec![Panel { first: 0, cols: q, rows: Vec::new(), offset: 0 }];
        let flops = (q as f64).powi(3) / 3.0;
        Self { q, start, panels, panel_of: vec![0; q], n_values: q * q, flops }
    }

    /// Panels of the sparse factor, for the pattern `graph` (neighbours of every node).
    pub fn sparse(sizes: &[usize], graph: &[Vec<u32>]) -> Self {
        let order = minimum_degree(graph);
        let n = order.len();
        let mut position = vec![0usize; n];
        order.iter().enumerate().for_each(|(new, old)| position[*old] = new);
        let columns = fill(&order, &position, graph);
        let mut first = vec![0; n + 1];
        (0..n).for_each(|new| first[new + 1] = first[new] + sizes[order[new]]);
        let q = first[n];
        let start = (0..n).map(|old| first[position[old]]).collect();
        let mut panels: Vec<Panel> = Vec::new();
        let mut panel_of = vec![0u32; q];
        let (mut offset, mut flops) = (0, 0.0);
        let mut from = 0;
        while from < n {
            let last = panel_end(from, &columns);
            let rows = expand(&columns[last], &first);
            let cols = first[last + 1] - first[from];
            panel_of[first[from]..first[last + 1]].fill(panels.len() as u32);
            let (c, b) = (cols as f64, rows.len() as f64);
            flops += c.powi(3) / 3.0 + c * c * b + c * b * b;
            let panel = Panel { first: first[from], cols, rows, offset };
            offset += panel.height() * cols;
            panels.push(panel);
            from = last + 1;
        }
        Self { q, start, panels, panel_of, n_values: offset, flops }
    }

    /// Whether there is a single panel.
    pub fn is_dense(&self) -> bool {
        self.panels.len() == 1
    }

    /// Rows of a panel in order: its own columns, then those below.
    pub fn rows(&self, panel: usize) -> impl Iterator<Item = usize> + '_ {
        let p = &self.panels[panel];
        (p.first..p.first + p.cols).chain(p.rows.iter().map(|r| *r as usize))
    }
}

fn minimum_degree(graph: &[Vec<u32>]) -> Vec<usize> {
    let mut ptr = Vec::with_capacity(graph.len() + 1);
    ptr.push(0);
    let mut rows = Vec::new();
    for neighbours in graph {
        rows.extend(neighbours.iter().map(|r| *r as usize));
        ptr.push(rows.len());
    }
    dense::fill_reducing_order(&ptr, &rows)
}

/// Pattern below the diagonal of every column of the factor, in the new order, ascending.
fn fill(order: &[usize], position: &[usize], graph: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let n = order.len();
    let mut columns: Vec<Vec<u32>> = Vec::with_capacity(n);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); n];
    let mut mark = vec![usize::MAX; n];
    for new in 0..n {
        let mut column = Vec::new();
        mark[new] = new;
        let own = graph[order[new]].iter().map(|old| position[*old as usize]);
        let inherited = std::mem::take(&mut children[new]);
        let below = inherited.iter().flat_map(|child| columns[*child].iter().map(|r| *r as usize));
        for row in own.chain(below) {
            if row > new && mark[row] != new {
                mark[row] = new;
                column.push(row as u32);
            }
        }
        column.sort_unstable();
        if let Some(parent) = column.first() {
            children[*parent as usize].push(new);
        }
        columns.push(column);
    }
    columns
}

/// Last node of the panel that begins at `from`: patterns equal but for a few zeros.
fn panel_end(from: usize, columns: &[Vec<u32>]) -> usize {
    let mut last = from;
    let mut zeros = 0;
    while last + 1 < columns.len() && columns[last].first() == Some(&(last as u32 + 1)) {
        let extra = columns[last + 1].len() + 1 - columns[last].len();
        zeros += extra * (last + 1 - from);
        let filled = (last + 2 - from) * (columns[last + 1].len() + 1);
        if extra > 0 && zeros * 10 > filled {
            break;
        }
        last += 1;
    }
    last
}

fn expand(nodes: &[u32], first: &[usize]) -> Vec<u32> {
    nodes.iter().flat_map(|k| first[*k as usize] as u32..first[*k as usize + 1] as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_fill() {
        let graph: Vec<Vec<u32>> = vec![vec![1], vec![0, 2], vec![1, 3], vec![2]];
        let layout = Layout::sparse(&[2, 1, 2, 1], &graph);
        assert_eq!(layout.q, 6);
        let filled: usize = layout.panels.iter().map(|p| p.height() * p.cols).sum();
        assert_eq!(filled, layout.n_values);
        assert!(layout.n_values < 36);
    }
}
